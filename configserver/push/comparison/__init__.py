"""Who is concerned: what queries are answered with now, compared to what was told last."""
