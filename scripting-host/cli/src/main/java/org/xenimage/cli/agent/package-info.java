/**
 * Warm processes: {@code xenimage agent} keeps JVMs ready in which the engines are loaded, and the launcher gives
 * commands to them.
 *
 * <p>Three processes take part. The <em>client</em> ({@link org.xenimage.cli.agent.AgentClient}) is what the launcher
 * starts in place of the program while an agent runs. The <em>agent</em> tells it the socket of a <em>worker</em>,
 * which takes the client's place: its working folder, environment and standard streams. A worker runs one command
 * and ends, so that nothing of one run is left for the next.
 *
 * <p>The conversation is a few {@link org.xenimage.cli.agent.Frame}s. Until the client has sent {@code GO}, nothing of
 * the command has run, and whatever goes wrong makes the client start the program itself. After it, the command is
 * never run again.
 *
 * <p>Only Linux: everything about the client is read from {@code /proc}.
 */
package org.xenimage.cli.agent;
