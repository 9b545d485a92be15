# find_package(adfun) gives
#
#   adfun_add_objective(<target> <source>
#     [ENTRY <name>]                  the function of the file
#     [PARAMS <name>...]              the parameters, where annotations tell the types
#     [SIGNATURE <text>]              "beta: float64[k]; y: float64[n]": parameters; data
#     [DATA <file.json>...]           example data and parameters
#     [TARGETS <target>...]           generic, x86-64-v2, x86-64-v3 ...; else native
#     [ORDERS <order>...]             gr, hvp, he, report; else all
#     [EXTENSION <name>]              a package that needs NumPy alone, instead of artefacts
#     [PYTHONPATH <directory>]        where a <source> of the form package.module:function is
#     [DEPENDS <file>...]             what else the objective is made of
#     [DESTINATION <directory>])      where it is installed
#
# <target> compiles it as a part of `all`, into the directory that its property ADFUN_DIRECTORY names.

if(NOT Python_EXECUTABLE)
  find_package(Python REQUIRED COMPONENTS Interpreter)
endif()

function(adfun_add_objective target source)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "ENTRY;SIGNATURE;EXTENSION;PYTHONPATH;DESTINATION"
                        "PARAMS;DATA;TARGETS;ORDERS;DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "adfun_add_objective: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(depends)
  foreach(file IN LISTS arg_DEPENDS)
    get_filename_component(file ${file} ABSOLUTE)
    list(APPEND depends ${file})
  endforeach()
  if(source MATCHES "\\.(py|json)$")
    get_filename_component(source ${source} ABSOLUTE)
    list(APPEND depends ${source})
  endif()
  set(options --out ${out} --quiet)
  if(arg_ENTRY)
    list(APPEND options --entry ${arg_ENTRY})
  endif()
  if(arg_EXTENSION)
    list(APPEND options --extension ${arg_EXTENSION})
  endif()
  if(arg_PARAMS)
    string(JOIN "," names ${arg_PARAMS})
    list(APPEND options --params ${names})
  endif()
  if(arg_ORDERS)
    string(JOIN "," names ${arg_ORDERS})
    list(APPEND options --orders ${names})
  endif()
  foreach(name IN LISTS arg_TARGETS)
    list(APPEND options --target ${name})
  endforeach()
  foreach(file IN LISTS arg_DATA)
    get_filename_component(file ${file} ABSOLUTE)
    list(APPEND options --data ${file})
    list(APPEND depends ${file})
  endforeach()
  if(DEFINED arg_SIGNATURE)
    string(REPLACE ";" "\\;" text "${arg_SIGNATURE}") # it is one argument, no list
    list(APPEND options --signature "${text}")
  endif()
  set(path "$ENV{PYTHONPATH}")
  if(arg_PYTHONPATH)
    get_filename_component(path ${arg_PYTHONPATH} ABSOLUTE)
    if(DEFINED ENV{PYTHONPATH})
      string(APPEND path ":$ENV{PYTHONPATH}")
    endif()
  endif()
  add_custom_command(
    OUTPUT ${out}.stamp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${out}
    COMMAND ${CMAKE_COMMAND} -E env "PYTHONPATH=${path}" ${Python_EXECUTABLE} -m adfun precompile ${source} ${options}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}.stamp
    DEPENDS ${depends}
    COMMENT "Precompiling ${source}"
    VERBATIM)
  add_custom_target(${target} ALL DEPENDS ${out}.stamp)
  set_target_properties(${target} PROPERTIES ADFUN_DIRECTORY ${out})
  if(arg_DESTINATION)
    install(DIRECTORY ${out}/ DESTINATION ${arg_DESTINATION})
  endif()
endfunction()
