// The file of what the server does not have: for the day when a device cannot send any more.

const FORMAT = "einlass-scans";
const VERSION = 1;

/**
 * Returns a JSON file of everything unsent and refused, which the console imports. Its scans have
 * the form in which they are sent (`POST …/scans`); the names of walk-ins are in it in plain.
 *
 * @param {object} parts
 * @param {import("./log.js").Log} parts.log
 * @param {import("./store.js").Enrolment} parts.enrolment
 * @param {import("./clock.js").Measured | null} parts.clock
 * @param {Date} [parts.now]
 * @returns {Promise<File>}
 */
export async function makeFile({ log, enrolment, clock, now = new Date() }) {
  const [kept, refused] = await Promise.all([log.all(), log.refused()]);
  const { id, name, gate, event } = enrolment;
  const content = {
    format: FORMAT,
    version: VERSION,
    exported_at: now.toISOString(),
    event,
    device: { id, name, gate },
    clock,
    scans: await Promise.all(kept.map((scan) => log.toSend(scan))),
    refused: await Promise.all(
      refused.map(async (scan) => ({
        reason: scan.reason ?? "",
        device: scan.device ?? { id, name },
        scan: await log.toSend(scan),
      })),
    ),
  };
  const stamp = now.toISOString().slice(0, 16).replace(/[:T]/g, "-");
  const fileName = `einlass-scans-${event}-${stamp}.json`;
  return new File([JSON.stringify(content, null, 1)], fileName, { type: "application/json" });
}
