"""Redirect Planner's contract."""
