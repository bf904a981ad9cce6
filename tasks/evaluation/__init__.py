"""Who answers better: answers, judges, people, and what others published."""
