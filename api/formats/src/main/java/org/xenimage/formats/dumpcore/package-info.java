/**
 * Xen's dump-core format, version 0.1, as {@code xl dump-core} writes it: pages, vCPU contexts and notes of a guest,
 * not enough to restore it.
 *
 * <p>Not supported here: files of ia64, and files of before 2007 that are not ELF.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.dumpcore;
