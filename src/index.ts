/** The public surface of Framewatch: re-exports only. */

export { AlertManager } from './alert/alert-manager.ts'
export type { AlertRuleInput } from './alert/rule.ts'
export { MetricsCollector } from './collect/collector.ts'
export type { Source, SourceReading } from './collect/source.ts'
export { MonitoringService, type TrueEnd } from './engine/monitoring-service.ts'
export type { MonitoringServiceOptions } from './engine/options.ts'
export type { MonitoringEvents } from './engine/protocol.ts'
export type { VideoGeneratorConfig } from './generate/config.ts'
export type { GenerationMonitor } from './generate/monitor.ts'
export type { GenerateVideoOptions } from './generate/request.ts'
export {
  type GeneratedVideo,
  VideoGenerator,
  type VideoGeneratorOptions,
} from './generate/video-generator.ts'
export type { LocalVideoModel, VideoModel } from './generate/video-model.ts'
export type * from './model/alert.ts'
export type * from './model/comparison.ts'
export {
  type ErrorCode,
  type ErrorDetails,
  errorTable,
  FramewatchError,
  isFramewatchError,
} from './model/errors.ts'
export type * from './model/generation.ts'
export type * from './model/hardware-fault.ts'
export type { Moments } from './model/moments.ts'
export type * from './model/performance-group.ts'
export type * from './model/quality.ts'
export type * from './model/sample.ts'
export type * from './model/status.ts'
export type { AnalyzeOptions } from './quality/analyze.ts'
export { analyzeVideo } from './quality/analyze-video.ts'
export type * from './store/store.ts'
export type { EndDetails, FailureDetails, GenerationHandle } from './track/recorder.ts'
export { PerformanceTracker } from './track/tracker.ts'
