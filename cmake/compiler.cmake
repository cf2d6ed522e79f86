# Compiler settings that all of our own code is built with, and the one way to declare a layer.
set(outpost_warnings
    -Wall -Wextra -Wconversion -Wsign-conversion -Wswitch-enum -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wvla
    -Wframe-larger-than=8192)
set(outpost_hardening -fstack-clash-protection -fstack-protector-strong -fno-common -fvisibility=hidden)

# outpost_layer(NAME SOURCES file... LINKS layer-or-library...): a static library of the house.
function(outpost_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${LAYER_SOURCES})
  target_link_libraries(${name} PUBLIC ${LAYER_LINKS} PRIVATE ${LAYER_PRIVATE_LINKS})
  outpost_compile(${name})
endfunction()

function(outpost_compile name)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE OUTPOST_VERSION="${PROJECT_VERSION}")
  target_compile_options(${name} PRIVATE ${outpost_warnings} ${outpost_hardening})
  if(OUTPOST_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
endfunction()
