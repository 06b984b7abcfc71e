-- One table for each day in turn, so that a day gone by is emptied at once and away from the claims of today. Which
-- claim has inserted a row is told by the claimant, for MySQL's INSERT does not tell it of many rows at once.
CREATE TABLE IF NOT EXISTS nico_external_ids_0 (day BIGINT NOT NULL, id BINARY(16) NOT NULL, claimant BIGINT NOT NULL, PRIMARY KEY (day, id)) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS nico_external_ids_1 (day BIGINT NOT NULL, id BINARY(16) NOT NULL, claimant BIGINT NOT NULL, PRIMARY KEY (day, id)) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS nico_external_ids_2 (day BIGINT NOT NULL, id BINARY(16) NOT NULL, claimant BIGINT NOT NULL, PRIMARY KEY (day, id)) ENGINE = InnoDB;
CREATE TABLE IF NOT EXISTS nico_external_ids_3 (day BIGINT NOT NULL, id BINARY(16) NOT NULL, claimant BIGINT NOT NULL, PRIMARY KEY (day, id)) ENGINE = InnoDB;
