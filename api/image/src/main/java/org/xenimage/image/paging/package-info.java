/**
 * The page tables of x86 guests: their five shapes, and the registers that say which one a vCPU uses.
 *
 * <p>Not supported here: the nested tables of a hypervisor, and guests that are not x86.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.image.paging;
