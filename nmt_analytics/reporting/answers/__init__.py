"""What a page shows of each answer: its sentence, figure, table and numbers."""
