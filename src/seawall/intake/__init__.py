"""The pipeline from files to events: opening, splitting, and what comes after them."""
