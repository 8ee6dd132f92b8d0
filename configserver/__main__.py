"""`python -m configserver`, the same as the command `configserver`."""

from configserver.cli import main

if __name__ == "__main__":
    main()
