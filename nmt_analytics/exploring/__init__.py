"""Asking one's own questions in JupyterLab: its start, the panel, a report of one's own."""
