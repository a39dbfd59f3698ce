-- The project that activities of the course open where neither launch nor link names one; NULL: none.
ALTER TABLE course ADD COLUMN project_slug TEXT;
