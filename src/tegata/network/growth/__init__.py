"""A network that stands is brought to millions of residents, batch by batch.

The people are those of its seed, from where it was left. They are registered at the municipality and have certificates
at J-LIS as everybody; cards in the drawer are only for those with whom the network was made (docs/decisions/0019).
Each batch is one transaction an actor, with how far the load is in the same one. A load that was killed goes on there:
the two actors are a batch apart at most, and the one behind is brought up first.
"""

from tegata.network.growth.customers import add_customers, check_customers
from tegata.network.growth.load import Report, Wanted, grow

__all__ = ["Report", "Wanted", "add_customers", "check_customers", "grow"]
