/** The names of the wire that pages use, from the server's own schema (schema.ts, generated). */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Page<T> = { next: string | null; previous: string | null; results: T[] };

export type Role = Schemas["Role"];
export type Split = Schemas["Split"];
export type Status = Schemas["ImageStatus"];
export type JobState = Schemas["JobState"];
export type JobKind = Schemas["JobKind"];
export type Progress = Schemas["Progress"];
export type User = Schemas["User"];
export type Session = Schemas["Session"];

export type Outline = Schemas["Outline"];
export type DatasetClass = Schemas["DatasetClass"];
export type CoverImage = Schemas["CoverImage"];
export type Dataset = Schemas["Dataset"];
export type Membership = Schemas["Membership"];
export type ImageListItem = Schemas["ImageListItem"];
export type ImageDetail = Schemas["ImageDetail"];
export type ImageFacets = Schemas["Facets"];
export type MyWork = Schemas["MyWork"];
export type Neighbours = Schemas["Neighbours"];
export type BulkResult = Schemas["BulkResult"];
export type Assignee = Schemas["Assignee"];
export type TrashedImage = Schemas["TrashedImage"];
export type TrashedInstance = Schemas["TrashedInstance"];
export type TrashedDataset = Schemas["TrashedDataset"];
export type Instance = Schemas["Instance"];
export type Annotation = Schemas["Annotation"];
export type Revision = Schemas["Revision"];
export type DeletedInstance = Schemas["DeletedInstance"];
export type Comment = Schemas["Comment"];
export type Present = Schemas["Present"];
export type Import = Schemas["Import"];
export type ImportRow = Schemas["ImportRow"];
export type ImportOutcome = Schemas["ImportRowOutcomeEnum"];
export type Bin = Schemas["Bin"];
export type Insights = Schemas["Insights"];

export type Version = Schemas["Version"];
export type VersionPreview = Schemas["VersionPreview"];
export type BaseModel = Schemas["BaseModel"];
export type Device = Schemas["Device"];
export type MetricSet = Schemas["MetricSet"];
export type Run = Schemas["Run"];
export type RunRequest = Schemas["RunCreateRequest"];
export type Epoch = Schemas["Epoch"];
export type RunFile = Schemas["RunFile"];
export type ClassMetrics = Schemas["ClassMetrics"];
export type Evaluation = Schemas["Evaluation"];
export type CurveSet = Schemas["CurveSet"];
export type Curves = Schemas["Curves"];
export type Basis = Schemas["BasisEnum"];
export type Confusion = Schemas["Confusion"];
export type Shape = Schemas["Shape"];
export type ShapeOutcome = Schemas["ShapeOutcomeEnum"];
export type EvaluatedImage = Schemas["EvaluatedImage"];
export type Checkpoint = Schemas["Checkpoint"];
export type Prediction = Schemas["Prediction"];
export type PredictedInstance = Schemas["PredictedInstance"];
export type PredictedImage = Schemas["PredictedImage"];
export type Worker = Schemas["Worker"];
export type JobItem = Schemas["JobItem"];
