"""Running one graph: checked, planned, then one actor a node. Knows no notebook and no strategy."""
