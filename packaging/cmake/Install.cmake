# What an installation consists of, and the Debian package of it: `cpack -G DEB` in build/release.
include(GNUInstallDirs)
install(TARGETS trialflag RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DATADIR}/trialflag/config)
install(DIRECTORY mappings/tables DESTINATION ${CMAKE_INSTALL_DATADIR}/trialflag/mappings)
install(FILES README.md ARCHITECTURE.md SECURITY.md CHANGELOG.md NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES packaging/systemd/trialflag.service DESTINATION lib/systemd/system)
install(FILES packaging/systemd/trialflag.sysusers DESTINATION lib/sysusers.d RENAME trialflag.conf)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME trialflag)
set(CPACK_PACKAGE_CONTACT "trialflag maintainers <trialflag@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Finds the patients of a hospital who may fit a clinical trial, and says why")
set(CPACK_PACKAGE_DESCRIPTION "A daemon and its command line. It reads a hospital's EHR over HL7 FHIR R4, judges every criterion of a trial\n\
with its evidence, keeps a ledger of flags and tells the investigators.")
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Time zones are read from the system's table, authorities of TLS from its store; the user of the service is made by systemd.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "tzdata, ca-certificates, systemd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/debian/postinst ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
  ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
