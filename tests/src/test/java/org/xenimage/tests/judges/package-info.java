/**
 * What other programs say of what the built program makes: debuggers of native images and cores that it makes of images
 * that real Xens wrote, type checkers of its typings and policies.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.tests.judges;
