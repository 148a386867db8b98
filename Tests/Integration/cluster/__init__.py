"""What tests of several nodes share: engines, nodes, a balancer, clients, and the counting."""
