/**
 * Policies inside what Xen's own toolstack does: {@code relay} in a live migration, {@code save} and {@code restore}
 * around {@code xl save} and {@code xl restore}.
 *
 * <p>Not supported here: toolstacks other than xl; {@code xl remus} works through {@code relay} as a migration does, but
 * a policy that refuses behind the first checkpoint makes the receiver take over.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.toolstack;
