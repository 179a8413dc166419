/** What protects a native image: encryption, the digest of its content, the provenance chain. */
@org.jspecify.annotations.NullMarked
package org.xenimage.formats.xenimage.v1.seal;
