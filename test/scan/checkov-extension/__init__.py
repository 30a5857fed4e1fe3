__all__ = ["text_policies"]
