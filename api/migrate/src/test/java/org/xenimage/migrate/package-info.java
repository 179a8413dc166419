/** Tests of the relay and of what it knows of a migration. */
@org.jspecify.annotations.NullMarked
package org.xenimage.migrate;
