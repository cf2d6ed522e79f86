# The libraries of Debian 12; docs/architecture.md says what each is for.
find_package(PkgConfig REQUIRED)
foreach(library IN ITEMS libuv libcares ldns openssl libcurl libxml-2.0 jansson libidn2 libpsl)
  string(REGEX REPLACE "[^a-z0-9]" "" target ${library})
  pkg_check_modules(${target} REQUIRED IMPORTED_TARGET ${library})
endforeach()
