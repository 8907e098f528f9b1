//! Deliveries: who sent one, what we answer, and what became of the last ones.
