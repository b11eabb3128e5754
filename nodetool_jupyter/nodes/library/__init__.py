"""The built-in node types under NodeTool's own names: a family a module, a type a few lines."""
