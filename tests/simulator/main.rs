//! The simulator as a stranger meets it: real ports, and a merchant on the other side.

mod counter;
