/**
 * What a core file has of a guest, whatever its format: pages by PFN, vCPU contexts, the notes of Xen's dump-core.
 *
 * <p>Not supported here: big-endian guests, and guests that are not x86.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.core;
