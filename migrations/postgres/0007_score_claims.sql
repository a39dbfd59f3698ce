-- Which claim of a worker the lease of a score belongs to: a lease is renewed while the worker lives.
ALTER TABLE score ADD COLUMN claim UUID;
