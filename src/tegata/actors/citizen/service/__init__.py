"""What happens in the drawer: cards on the terminal and on the reader. All signing of a citizen goes through here."""

from tegata.actors.citizen.service.signing import sign_with_card

__all__ = ["sign_with_card"]
