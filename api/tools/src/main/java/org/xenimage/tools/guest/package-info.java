/**
 * The virtual memory of a guest in an image: which pages follow one another in the address space of the kernel or of
 * any process, and which ones a Linux kernel has free.
 *
 * <p>Not supported here: 32-bit HVM guests beyond the tables that their vCPUs run on, PV guests in a dump-core, whose
 * tables hold machine frames, and memory that is swapped out.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tools.guest;
