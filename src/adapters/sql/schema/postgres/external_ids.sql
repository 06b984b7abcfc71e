-- One table for each day in turn, so that a day gone by is emptied at once and away from the claims of today.
CREATE TABLE nico_external_ids_0 (day bigint NOT NULL, id bytea NOT NULL, PRIMARY KEY (day, id));
CREATE TABLE nico_external_ids_1 (day bigint NOT NULL, id bytea NOT NULL, PRIMARY KEY (day, id));
CREATE TABLE nico_external_ids_2 (day bigint NOT NULL, id bytea NOT NULL, PRIMARY KEY (day, id));
CREATE TABLE nico_external_ids_3 (day bigint NOT NULL, id bytea NOT NULL, PRIMARY KEY (day, id));
