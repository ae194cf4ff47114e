// Sends a folder of CT images to a CalcQuant service, waits and prints a table of the calcifications.
//
//   node analyze.mjs FOLDER [HOST:PORT]
//
// or corrects one region of an analysis, e.g. reclassify analyses/ID 3 REGION_KIND_BONE "the edge of the patella":
//
//   node analyze.mjs reclassify ANALYSIS REGION KIND WHY [HOST:PORT]
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const MESSAGE_BYTES = 512 * 1024;
const LARGEST_ANSWER_BYTES = 512 * 1024 * 1024;

const isCorrection = process.argv[2] === 'reclassify';
const correction = isCorrection ? process.argv.slice(3, 7) : [];
const [folder, address = 'localhost:50051'] = isCorrection ? [correction[3], process.argv[7]] : process.argv.slice(2);
if (!folder) {
  console.error('usage: node analyze.mjs FOLDER [HOST:PORT]\n       node analyze.mjs reclassify ANALYSIS REGION KIND WHY [HOST:PORT]');
  process.exit(2);
}

// The contract. Longs as numbers: no count here comes near 2^53.
const protos = fileURLToPath(new URL('../../../protos', import.meta.url));
const contract = protoLoader.loadSync('calcquant/v1/analysis.proto', {
  includeDirs: [protos], longs: Number, enums: String, oneofs: true, arrays: true,
});
const { StudyStoreService, CalcificationAnalysisService } = grpc.loadPackageDefinition(contract).calcquant.v1;

// In the clear on this machine; elsewhere give CALCQUANT_CA, and a key where the service wants one.
const { CALCQUANT_CA: caFile, CALCQUANT_API_KEY: apiKey } = process.env;
const credentials = caFile ? grpc.credentials.createSsl(readFileSync(caFile)) : grpc.credentials.createInsecure();
const options = { 'grpc.max_receive_message_length': LARGEST_ANSWER_BYTES };
const studies = new StudyStoreService(address, credentials, options);
const analyses = new CalcificationAnalysisService(address, credentials, options);

function metadata() {
  const sent = new grpc.Metadata();
  if (apiKey) sent.set('authorization', `Bearer ${apiKey}`);
  return sent;
}

/** The DICOM files below a folder: those with the magic word after the preamble. Nothing else leaves this machine. */
function dicomFiles(path) {
  if (statSync(path).isDirectory()) return readdirSync(path).sort().flatMap((name) => dicomFiles(join(path, name)));
  return readFileSync(path).subarray(128, 132).toString('latin1') === 'DICM' ? [path] : [];
}

function showProgress(stage, fraction) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${stage} ${Math.round(fraction * 100)} %${fraction < 1 ? '' : '\r\x1b[K'}`);
}

/** Sends files in one stream; the answer comes when all of them are on the service's disk. */
async function upload(files) {
  let call;
  const answer = new Promise((resolve, reject) => {
    call = studies.UploadInstances(metadata(), (error, response) => (error ? reject(error) : resolve(response)));
  });
  // Handled below, but a refusal may come while files are still being sent.
  answer.catch(() => {});
  const send = async (message) => {
    // Wait while the service is behind, so that memory stays flat; its answer ends the wait too.
    if (!call.write(message)) await Promise.race([new Promise((resolve) => call.once('drain', resolve)), answer.catch(() => {})]);
  };
  for (const [index, path] of files.entries()) {
    const data = readFileSync(path);
    // The label is a number: a file's name may say who the patient is.
    await send({ start: { label: String(index), byteCount: data.length, sha256: createHash('sha256').update(data).digest('hex') } });
    for (let offset = 0; offset < data.length; offset += MESSAGE_BYTES) {
      await send({ data: data.subarray(offset, offset + MESSAGE_BYTES) });
    }
    showProgress('upload', (index + 1) / files.length);
  }
  call.end();
  return (await answer).instances;
}

/** Analyses a series; gives its reports, or throws with `reason` where it was refused. */
async function analyze(seriesInstanceUid) {
  const call = analyses.AnalyzeSeries({ series: { seriesInstanceUid } }, metadata());
  let reports = [];
  for await (const message of call) {
    if (message.event === 'progress') showProgress(message.progress.stage || 'waiting', message.progress.stageFraction ?? 0);
    if (message.event === 'result') reports = message.result.output.reports;
  }
  showProgress('done', 1);
  return reports;
}

/** Corrects the kind of a region of the first report of an analysis; gives the corrected report. */
function reclassify(name, regionId, kind, why) {
  return new Promise((resolve, reject) => {
    analyses.ReclassifyRegion({ name, regionId: Number(regionId), kind, why }, metadata(), (error, response) => (error ? reject(error) : resolve(response.report)));
  });
}

function print(report) {
  console.log(`Series ${report.seriesInstanceUid}: ${report.verdict}`);
  for (const issue of report.issues) console.log(`  ${issue.refuses ? 'refused' : 'warning'}: ${issue.explanation}`);
  const deposits = report.regions.filter((region) => region.kind === 'REGION_KIND_SOFT_TISSUE_CALCIFICATION');
  if (report.film) {
    // One projection gives an area, never a volume; without a size of the pixels only one in pixels.
    console.table(deposits.map((region) => ({
      id: region.id,
      'area mm²': round(region.areaMm2),
      'area pixels': round(region.areaPixels),
      'length mm': round(region.lengthMm),
      tier: region.tier,
    })));
    return;
  }
  console.table(deposits.map((region) => ({
    id: region.id,
    'volume mm³': round(region.volumeMm3),
    'mass mg': round(region.massMg),
    depth: region.depth,
    morphology: region.morphology,
  })));
}

// A field that is not there is not known; it is never zero.
function round(value) {
  return value === undefined || value === null ? undefined : Number(value.toFixed(1));
}

async function analyzeFolder() {
  const sent = await upload(dicomFiles(folder));
  for (const file of sent.filter((entry) => entry.outcome === 'UPLOAD_OUTCOME_REJECTED')) {
    console.error(`rejected: ${file.error.message} (${file.error.reason})`);
  }
  const stored = sent.filter((entry) => entry.outcome !== 'UPLOAD_OUTCOME_REJECTED');
  for (const seriesInstanceUid of new Set(stored.map((entry) => entry.seriesInstanceUid))) {
    for (const report of await analyze(seriesInstanceUid)) print(report);
  }
}

try {
  if (isCorrection) print(await reclassify(...correction));
  else await analyzeFolder();
} catch (error) {
  // A refusal and a failure alike: the code, and one sentence that names no patient.
  console.error(`${grpc.status[error.code] ?? 'ERROR'}: ${error.details ?? error.message}`);
  process.exitCode = 1;
} finally {
  studies.close();
  analyses.close();
}
