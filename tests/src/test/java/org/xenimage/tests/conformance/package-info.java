/** What others say of the same images: real Xens that wrote them, and Xen's own verifier. */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.conformance;
