"""`cloudflow demo`: fills the embedded stack with real files, does the main job on them, and proves it."""
