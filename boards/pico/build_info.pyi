BOARD: str
BUILD: str
MARK: str
