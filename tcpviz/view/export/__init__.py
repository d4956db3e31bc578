"""A run in other forms: tables, pictures, the trail of states, a copy without what is private."""
