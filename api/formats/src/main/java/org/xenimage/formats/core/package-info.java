/**
 * The parts of a guest in a core file of any format: pages by PFN, vCPU contexts, the notes of
 * Xen's dump-core.
 *
 * <p>Not supported here: big-endian guests, guests that are not x86, and the VMCOREINFO of a 32-bit kernel that
 * keeps it elsewhere than at a page's start.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.core;
