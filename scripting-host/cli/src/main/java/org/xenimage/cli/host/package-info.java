/**
 * What hosts take: the commands {@code capabilities} and {@code can-restore}, and the option {@code --for} of those
 * that write images. The rules are in {@code org.xenimage.migrate}.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.host;
