BOARD: str
BUILD: str
