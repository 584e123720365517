# The module `native`, for MicroPython's build: what Python cannot do on the chip, or not well enough.
add_library(usermod_native INTERFACE)
target_sources(usermod_native INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/door.c
    ${CMAKE_CURRENT_LIST_DIR}/memory.c
    ${CMAKE_CURRENT_LIST_DIR}/module.c
    ${CMAKE_CURRENT_LIST_DIR}/restart.c
)
target_include_directories(usermod_native INTERFACE ${CMAKE_CURRENT_LIST_DIR})
# USB starts through our door only (door.c).
target_link_options(usermod_native INTERFACE -Wl,--wrap=mp_usbd_init)
target_link_libraries(usermod INTERFACE usermod_native)
