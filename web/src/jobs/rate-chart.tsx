import { LineChart } from '@mui/x-charts/LineChart';
import { useTheme } from '@mui/material/styles';
import { formatClock, formatRate } from '../ui/format.ts';
import type { RatePoint } from './rate.ts';

/** Rows per second over a job's time. Loaded by itself: charts are the largest part of the app. */
export default function RateChart({ points, hasStaging }: { points: RatePoint[]; hasStaging: boolean }) {
  const theme = useTheme();
  const palette = theme.vars?.palette ?? theme.palette;
  return (
    <LineChart
      height={260}
      dataset={points.map(({ at, staged, applied }) => ({ at, staged, applied }))}
      xAxis={[
        { dataKey: 'at', scaleType: 'time', valueFormatter: (at: Date) => formatClock(at), tickNumber: 5 },
      ]}
      yAxis={[{ valueFormatter: (rate: number) => formatRate(rate), width: 70 }]}
      series={[
        ...(hasStaging ? [series('staged', 'Rows checked per second', palette.secondary.main)] : []),
        series('applied', 'Rows applied per second', palette.primary.main),
      ]}
      margin={{ left: 0, right: 16, top: 8, bottom: 0 }}
      skipAnimation
    />
  );
}

function series(dataKey: 'staged' | 'applied', label: string, color: string) {
  return {
    dataKey,
    label,
    color,
    showMark: false,
    curve: 'stepBefore' as const,
    valueFormatter: (rate: number | null) => (rate === null ? '' : formatRate(rate)),
  };
}
