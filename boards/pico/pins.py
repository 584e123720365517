"""Which pin of the Pico goes where: the one place that firmware, wiring drawing, table and emulator read."""

# The controller and pins of the display's bus, and its speed in hertz; SSD1306 modules are made for 400 kHz.
I2C_ID = 0
SDA = 4
SCL = 5
I2C_HZ = 400_000

# Rows of pixels of the display: 64, or 32 for the flat modules.
HEIGHT = 64

# The keypad's lines: rows from top to bottom, columns from left to right.
ROWS = (6, 7, 8, 9)
COLUMNS = (10, 11, 12, 13)

LED = 25

# A piezo disc between this pin and ground clicks at each key, if the user wants that; nothing need be wired.
BUZZER = 22

# A third of the supply voltage, through resistors on the board.
SUPPLY = 29
