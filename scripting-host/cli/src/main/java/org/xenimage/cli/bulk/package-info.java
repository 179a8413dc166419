/**
 * {@code xenimage bulk}: many images through the same policies.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.bulk;
