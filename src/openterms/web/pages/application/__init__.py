"""The credit application: its public start, the form by personal link, its status, and the referee's page."""
