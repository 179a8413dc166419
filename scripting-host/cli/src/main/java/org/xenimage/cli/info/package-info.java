/**
 * {@code xenimage info}: what an image is, for people and as JSON.
 */
@org.jspecify.annotations.NullMarked
package org.xenimage.cli.info;
