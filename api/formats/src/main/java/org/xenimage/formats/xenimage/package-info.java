/**
 * The native format, one ELF file that is the save image and the core file: the services, which pick the version. Each
 * version has a package of its own.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage;
