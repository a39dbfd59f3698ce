//! From the platform's login to a session: registrations, launches, roles and sessions.
