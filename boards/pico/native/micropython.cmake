# The module `native`, for MicroPython's build: what Python cannot do on the chip, or not well enough. PICODSC_SHA256
# chooses the core of pbkdf2_rounds: thumb1, the assembly, which only the RP2040 can have, or plain, which is in every
# image as the reference.
if(NOT DEFINED PICODSC_SHA256)
    if(PICO_PLATFORM STREQUAL "rp2040")
        set(PICODSC_SHA256 thumb1)
    else()
        set(PICODSC_SHA256 plain)
    endif()
endif()

add_library(usermod_native INTERFACE)

target_sources(usermod_native INTERFACE
    ${CMAKE_CURRENT_LIST_DIR}/door.c
    ${CMAKE_CURRENT_LIST_DIR}/memory.c
    ${CMAKE_CURRENT_LIST_DIR}/module.c
    ${CMAKE_CURRENT_LIST_DIR}/pbkdf2.c
    ${CMAKE_CURRENT_LIST_DIR}/pbkdf2_plain.c
    ${CMAKE_CURRENT_LIST_DIR}/restart.c
    ${CMAKE_CURRENT_LIST_DIR}/sha256_plain.c
)
target_include_directories(usermod_native INTERFACE ${CMAKE_CURRENT_LIST_DIR})

# USB starts through our door only (door.c).
target_link_options(usermod_native INTERFACE -Wl,--wrap=mp_usbd_init)

set_source_files_properties(
    ${CMAKE_CURRENT_LIST_DIR}/pbkdf2_plain.c
    ${CMAKE_CURRENT_LIST_DIR}/sha256_plain.c
    PROPERTIES COMPILE_OPTIONS "-O2"
)

if(PICODSC_SHA256 STREQUAL "thumb1")
    target_sources(usermod_native INTERFACE ${CMAKE_CURRENT_LIST_DIR}/sha256_thumb1.S)
    target_compile_definitions(usermod_native INTERFACE PICODSC_SHA256_THUMB1)
elseif(NOT PICODSC_SHA256 STREQUAL "plain")
    message(FATAL_ERROR "PICODSC_SHA256 must be thumb1 or plain, not ${PICODSC_SHA256}")
endif()

target_link_libraries(usermod INTERFACE usermod_native)
