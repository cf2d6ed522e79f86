# cmake -DFOLDER=scanner/facts -DOUTPUT=file.c -P tls_registry.cmake: the tables of tls_registry.h from its CSV files.
# What a suite is made of is read from its name: in each list below the first pattern that matches decides.
cmake_minimum_required(VERSION 3.25)

set(kx_auth
  "^TLS_NULL_WITH_NULL|_SCSV$=NONE NONE"
  "^TLS_ECDHE_PSK_=ECDHE_PSK PSK" "^TLS_(DHE_PSK|PSK_DHE)_=DHE_PSK PSK" "^TLS_RSA_PSK_=RSA_PSK RSA" "^TLS_PSK_=PSK PSK"
  "^TLS_ECDHE_ECDSA_=ECDHE ECDSA" "^TLS_ECDHE_RSA_=ECDHE RSA" "^TLS_ECDH_anon_=ECDHE NONE"
  "^TLS_ECDH_ECDSA_=ECDH ECDSA" "^TLS_ECDH_RSA_=ECDH RSA"
  "^TLS_DHE_RSA_=DHE RSA" "^TLS_DHE_DSS_=DHE DSS" "^TLS_DH_anon_=DHE NONE" "^TLS_DH_RSA_=DH RSA" "^TLS_DH_DSS_=DH DSS"
  "^(TLS|SSL)_RSA_|^SSL_CK_=RSA RSA" "^TLS_SRP_SHA_RSA_=SRP RSA" "^TLS_SRP_SHA_DSS_=SRP DSS" "^TLS_SRP_SHA_=SRP SRP"
  "^TLS_KRB5_=KRB5 KRB5" "^TLS_ECCPWD_=ECCPWD ECCPWD" "_MGM_[LS]$=ANY ANY" "^TLS_GOST=GOST GOST" "^TLS_=ANY ANY")
# cipher, bits of its key, bits of its strength, bits of its block
set(ciphers
  "_WITH_NULL|_SCSV$|^SSL_CK_NULL|^TLS_SHA[0-9]+_SHA=NULL 0 0 0"
  "_RC4_40_|RC4_128_EXPORT40=RC4 40 40 0" "_RC4_56_=RC4 56 56 0" "_RC4_128_=RC4 128 128 0"
  "_RC2_CBC_40_|RC2_128_CBC_EXPORT40=RC2 40 40 64" "_RC2_CBC_56_=RC2 56 56 64" "_RC2_128_=RC2 128 128 64"
  "_DES40_CBC_|_DES_CBC_40_=DES 40 40 64" "_DES_CBC_|_DES_64_=DES 56 56 64" "_3DES_EDE_CBC_|_DES_192_EDE3_=3DES 168 112 64"
  "_IDEA_=IDEA 128 128 64" "_SEED_=SEED 128 128 128" "_AES_128_=AES 128 128 128" "_AES_256_=AES 256 256 128"
  "_CAMELLIA_128_=CAMELLIA 128 128 128" "_CAMELLIA_256_=CAMELLIA 256 256 128"
  "_ARIA_128_=ARIA 128 128 128" "_ARIA_256_=ARIA 256 256 128" "_CHACHA20_=CHACHA20 256 256 0"
  "_28147_=GOST28147 256 256 64" "_KUZNYECHIK_=KUZNYECHIK 256 256 128" "_MAGMA_=MAGMA 256 256 64" "_SM4_=SM4 128 128 128"
  "_AEGIS_128L_=AEGIS 128 128 128" "_AEGIS_256_=AEGIS 256 256 128" "_ASCONAEAD128_=ASCON 128 128 128")
set(modes
  "_RC4_=STREAM" "_CBC_=CBC" "_EDE3_=CBC" "_GCM_=GCM" "_CCM_8(_|$)=CCM_8" "_CCM(_|$)=CCM" "_POLY1305_=POLY1305"
  "_MGM_|_AEGIS_|_ASCONAEAD128_=OTHER_AEAD" "_CNT_|_CTR_=CNT" "=NONE")
set(hashes
  "_SCSV$|_WITH_NULL_NULL$=NONE" "_SHA256(_OLD)?$|_CCM(_8)?$=SHA256" "_SHA384$=SHA384" "_SHA512$=SHA512" "_SHA$=SHA1" "_MD5$=MD5"
  "_SM3$=SM3" "_ASCONHASH256$=ASCON" "^TLS_GOST=GOST")

function(first_match name list ret)
  foreach(entry IN LISTS ${list})
    string(FIND "${entry}" "=" end REVERSE)
    string(SUBSTRING "${entry}" 0 ${end} pattern)
    if(pattern STREQUAL "" OR name MATCHES "${pattern}")
      math(EXPR begin "${end} + 1")
      string(SUBSTRING "${entry}" ${begin} -1 value)
      string(REPLACE " " ";" value "${value}")
      set(${ret} ${value} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "${list}: nothing known of ${name}")
endfunction()

# The rows of a table, without its heading: each a list of the columns.
macro(read_rows table)
  file(STRINGS "${FOLDER}/tls_registry_${table}.csv" rows)
  list(POP_FRONT rows)
endmacro()

function(suite_row code name recommended ret)
  first_match(${name} kx_auth kx_auth)
  list(POP_FRONT kx_auth kx auth)
  first_match(${name} ciphers cipher)
  list(POP_FRONT cipher algorithm key strength block)
  first_match(${name} modes mode)
  first_match(${name} hashes mac)
  foreach(flag IN ITEMS ssl2 tls13 signalling aead export_grade forward_secrecy)
    set(${flag} false)
  endforeach()
  if(name MATCHES "^SSL_CK_")
    set(ssl2 true)
  endif()
  if(kx STREQUAL "ANY")
    set(tls13 true)
  endif()
  if(name MATCHES "_SCSV$")
    set(signalling true)
  endif()
  if(mode MATCHES "GCM|CCM|POLY1305|AEAD")
    set(aead true)
  endif()
  if(name MATCHES "EXPORT")
    set(export_grade true)
  endif()
  if(kx MATCHES "DHE|SRP|ECCPWD|ANY")
    set(forward_secrecy true)
  endif()
  set(${ret} "    {${code}, \"${name}\", '${recommended}', ${ssl2}, ${tls13}, ${signalling}, TLS_KX_${kx}, TLS_AUTH_${auth}, \
TLS_CIPHER_${algorithm}, TLS_MODE_${mode}, TLS_HASH_${mac}, ${aead}, ${export_grade}, ${forward_secrecy}, \
${key}, ${strength}, ${block}},\n" PARENT_SCOPE)
endfunction()

set(registered 0)
set(de_facto 0)
set(ssl2_kinds 0)
set(suites "")
set(suite_names "")
set(position 0)
read_rows(suites)
foreach(row IN LISTS rows)
  string(REPLACE "," ";" row "${row}")
  list(POP_FRONT row code name recommended)
  suite_row(${code} ${name} ${recommended} text)
  string(APPEND suites "${text}")
  list(APPEND suite_names "${name} ${position}") # a blank comes before all that a name may have
  math(EXPR position "${position} + 1")
  if(name MATCHES "^SSL_CK_")
    math(EXPR ssl2_kinds "${ssl2_kinds} + 1")
  elseif(recommended STREQUAL "-")
    math(EXPR de_facto "${de_facto} + 1")
  else()
    math(EXPR registered "${registered} + 1")
  endif()
endforeach()

list(SORT suite_names)
list(TRANSFORM suite_names REPLACE ".* (.*)" "\\1")
list(JOIN suite_names ", " suites_by_name)

set(groups "")
read_rows(groups)
list(LENGTH rows group_count)
foreach(row IN LISTS rows)
  string(REPLACE "," ";" row "${row}")
  list(POP_FRONT row code name recommended reference kind tls12 tls13 bits strength)
  string(APPEND groups "    {${code}, \"${name}\", '${recommended}', TLS_GROUP_${kind}, ${tls12}, ${tls13}, ${bits}, ${strength}},\n")
endforeach()

set(schemes "")
read_rows(schemes)
list(LENGTH rows scheme_count)
foreach(row IN LISTS rows)
  string(REPLACE "," ";" row "${row}")
  list(POP_FRONT row code name recommended reference key hash tls12 tls13)
  string(APPEND schemes "    {${code}, \"${name}\", '${recommended}', TLS_SIGN_${key}, TLS_HASH_${hash}, ${tls12}, ${tls13}},\n")
endforeach()

set(primes "")
read_rows(primes)
list(LENGTH rows prime_count)
foreach(row IN LISTS rows)
  string(REPLACE "," ";" row "${row}")
  list(POP_FRONT row name prime)
  string(LENGTH "${prime}" size)
  math(EXPR size "${size} / 2")
  string(REGEX REPLACE "(..)" "\\\\x\\1" prime "${prime}")
  string(APPEND primes "    {\"${name}\", ${size}, \"${prime}\"},\n")
endforeach()

file(WRITE "${OUTPUT}" "/* Made from tls_registry_*.csv by the build. */
#include \"scanner/facts/tls_registry_tables.h\"

const struct tls_suite tls_suite_table[] = {
${suites}};
const uint16_t tls_suites_by_name[] = {${suites_by_name}};
const size_t tls_suites_registered = ${registered};
const size_t tls_suites_de_facto = ${de_facto};
const size_t tls_suites_ssl2 = ${ssl2_kinds};

const struct tls_group tls_group_table[] = {
${groups}};
const size_t tls_group_count = ${group_count};

const struct tls_scheme tls_scheme_table[] = {
${schemes}};
const size_t tls_scheme_count = ${scheme_count};

const struct tls_prime tls_prime_table[] = {
${primes}};
const size_t tls_prime_count = ${prime_count};
")
